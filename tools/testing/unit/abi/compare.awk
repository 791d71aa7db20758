# SPDX-License-Identifier: GPL-2.0
#
# Compare the facts of two headers, as printed by the programs of program.awk:
# "awk -f compare.awk ours kernel". One TAP line for each key of either.
#
# A kernel that lacks one of our commands is older than the ABI we follow. What
# only we have is then news, structs may have grown, and what was reserved may
# have got a name; all else must be equal still.

BEGIN { FS = "\t" }

FNR == 1 { file++ }

{
	if (!($1 in known)) {
		known[$1] = 1
		key[++keys] = $1
	}
	has[file, $1] = 1
	fact[file, $0] = 1
	n = ++count[file, $1]
	line[file, $1, n] = $2
	if ($2 ~ /^IOMMUFD_CMD_/) {
		split($2, word, " ")
		command[file, word[1]] = 1
		if (file == 1)
			commands[word[1]] = 1
	}
	if ($2 ~ /^size /) {
		split($2, word, " ")
		size[file, $1] = word[2] + 0
	}
}

# May a fact of an older kernel be untrue of us?
function outgrown(k, what) {
	if (!older)
		return 0
	if (what ~ /^size /)
		return size[1, k] > size[2, k]
	return what ~ /^__reserved/
}

END {
	if (file != 2) {
		print "Bail out! nothing to compare"
		exit 1
	}
	for (c in commands)
		if (!((2, c) in command))
			older = 1
	if (older)
		print "# the kernel's header is older than ours"
	print "1.." keys
	for (i = 1; i <= keys; i++) {
		k = key[i]
		what = k
		if (k ~ /^struct /)
			what = what " layout"
		else
			what = what (k ~ /^enum / ? " values" : " value")
		if (older && !((2, k) in has)) {
			print "ok " i " - " what " # SKIP newer than the kernel's header"
			continue
		}
		diff = ""
		for (n = 1; n <= count[1, k]; n++)
			if (!older && !((2, k "\t" line[1, k, n]) in fact))
				diff = diff "# ours:   " line[1, k, n] "\n"
		for (n = 1; n <= count[2, k]; n++)
			if (!((1, k "\t" line[2, k, n]) in fact) && !outgrown(k, line[2, k, n]))
				diff = diff "# kernel: " line[2, k, n] "\n"
		print (diff == "" ? "ok " : "not ok ") i " - " what
		printf "%s", diff
		if (diff != "")
			bad = 1
	}
	exit bad
}
