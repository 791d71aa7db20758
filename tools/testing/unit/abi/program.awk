# SPDX-License-Identifier: GPL-2.0
#
# Turn the list of names.awk into a C program that prints what the compiler
# makes of each name: a key ("struct S", "enum E", "define D"), a tab, a fact.
# -v header is the path of the header. The program fails if a struct has a byte
# that belongs to no field: padding in an ABI, or a field that was overlooked.

BEGIN {
	FS = "\t"
	print "#include <stddef.h>\n#include <stdio.h>\n#include <string.h>"
	print "#include \"" header "\"\n"
	print "static unsigned char used[4096];"
	print "static int holes;\n"
	print "static void end(const char *name, size_t size)"
	print "{"
	print "\tif (name && memchr(used, 0, size)) {"
	print "\t\tfprintf(stderr, \"%s has a hole\\n\", name);"
	print "\t\tholes = 1;"
	print "\t}"
	print "\tmemset(used, 0, sizeof(used));"
	print "}\n"
	print "int main(void)\n{"
}

function finish() {
	if (open != "")
		printf "\tend(\"%s\", sizeof(struct %s));\n", open, open
	open = ""
}

$1 == "struct" {
	finish()
	open = $2
	printf "\tprintf(\"struct %s\\tsize %%zu align %%zu\\n\", ", $2
	printf "sizeof(struct %s), _Alignof(struct %s));\n", $2, $2
}

$1 == "field" {
	at = "offsetof(struct " $2 ", " $3 ")"
	len = "sizeof(((struct " $2 " *)0)->" $3 ")"
	printf "\tprintf(\"struct %s\\t%s: offset %%zu size %%zu, %s\\n\", ", $2, $3, $4
	printf "%s, %s);\n", at, len
	printf "\tmemset(used + %s, 1, %s);\n", at, len
}

$1 == "enum" {
	finish()
	if ($2 != "(unnamed)")
		printf "\tprintf(\"enum %s\\tsize %%zu\\n\", sizeof(enum %s));\n", $2, $2
}

$1 == "const" {
	printf "\tprintf(\"enum %s\\t%s = %%lld\\n\", (long long)%s);\n", $2, $3, $3
}

$1 == "define" {
	finish()
	printf "\tprintf(\"define %s\\tvalue %%#llx\\n\", (unsigned long long)%s);\n", $2, $2
}

END {
	finish()
	print "\treturn holes;\n}"
}
