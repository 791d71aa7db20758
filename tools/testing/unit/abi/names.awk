# SPDX-License-Identifier: GPL-2.0
#
# Read a preprocessed header ("cc -E -dD") and list every name it defines, one
# per line with tabs between: "struct S", "field S NAME TYPE", "enum E",
# "const E NAME" and "define NAME". Text of other headers is left out: -v dir
# is the directory of the header, and its files begin with "iommufd".
#
# Whatever this does not understand ends it with status 1, so that no name is
# ever skipped in silence.

function fail(msg) {
	print "names.awk: " msg > "/dev/stderr"
	failed = 1
	exit 1
}

function squeeze(s) {
	gsub(/[ \t\n]+/, " ", s)
	sub(/^ /, "", s)
	sub(/ $/, "", s)
	return s
}

function emit_field(struct, decl,	dim, name, type) {
	dim = ""
	if (match(decl, / ?\[.*\]$/)) {
		dim = " " squeeze(substr(decl, RSTART))
		decl = substr(decl, 1, RSTART - 1)
	}
	if (!match(decl, /[A-Za-z_][A-Za-z0-9_]*$/) || decl ~ /,|:/)
		fail("field not understood: " decl)
	name = substr(decl, RSTART)
	type = squeeze(substr(decl, 1, RSTART - 1)) dim
	print "field\t" struct "\t" name "\t" type
}

function emit_enum(tag, body,	n, i, item, part) {
	n = split(body, item, ",")
	for (i = 1; i <= n; i++) {
		split(item[i], part, "=")
		part[1] = squeeze(part[1])
		if (part[1] == "" && i == n)
			continue	# the comma after the last one
		if (part[1] !~ /^[A-Za-z_][A-Za-z0-9_]*$/)
			fail("constant not understood: " item[i])
		print "const\t" tag "\t" part[1]
	}
}

/^# [0-9]+ "/ {
	path = $0
	sub(/^[^"]*"/, "", path)
	sub(/".*$/, "", path)
	ours = index(path, dir "/iommufd") == 1
	next
}

!ours { next }

/^#define / {
	if ($2 ~ /\(/)
		fail("macro with arguments: " $2)
	if (NF > 2)		# an include guard has no value
		print "define\t" $2
	next
}

/^#/ { next }

{ text = text " " $0 }

END {
	if (failed)
		exit 1
	depth = 0
	while (match(text, /[{};]/)) {
		chunk = squeeze(substr(text, 1, RSTART - 1))
		mark = substr(text, RSTART, 1)
		text = substr(text, RSTART + 1)
		if (mark == "{" && depth == 0) {
			n = split(chunk, word, " ")
			kind = word[1]
			tag = n > 1 ? word[2] : "(unnamed)"
			if (n > 2 || (kind != "struct" && kind != "enum"))
				fail("definition not understood: " chunk)
			print kind "\t" tag
			depth = 1
		} else if (mark == "{") {
			if (kind != "struct" || chunk !~ /^(union|struct)$/)
				fail("member not understood: " chunk)
			depth++
		} else if (mark == "}") {
			if (kind == "enum")
				emit_enum(tag, chunk)
			else if (chunk != "")
				fail("no semicolon after: " chunk)
			depth--
			closed = 1
		} else if (closed) {
			if (chunk != "")
				fail("name after a brace: " chunk)
			closed = 0
		} else if (depth > 0) {
			emit_field(tag, chunk)
		} else {
			fail("declaration not understood: " chunk)
		}
	}
	if (depth != 0 || squeeze(text) != "")
		fail("text left over: " text)
}
