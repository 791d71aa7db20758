# SPDX-License-Identifier: GPL-2.0
#
# Reads KTAP/TAP, writes one line per leaf test to RESULTS (-v results=FILE):
#	pass|fail|skip <TAB> group <TAB> name
# and, as each group ends, a row for people to standard output.
#
# A line that closes subtests is not counted again, except when it says "not ok"
# though every subtest passed: then the program itself failed. A plan that was not
# fulfilled is a failure. A group begins at a comment that matches -v group=REGEX,
# which names it.

function record(status, name) {
	printf "%s\t%s\t%s\n", status, current, name >results
	count[status]++
	if (status == "fail")
		failures = failures "          not ok  " name "\n"
}

# The plan at this depth is done with: what is wrong with it, or nothing.
function close_plan(d,    wrong) {
	if ((d in plan) && plan[d] != seen[d])
		wrong = plan[d] " tests announced, " (seen[d] + 0) " reported"
	delete plan[d]
	delete seen[d]
	return wrong
}

function check_plan(d,    wrong) {
	wrong = close_plan(d)
	if (wrong)
		record("fail", wrong)
}

function close_group(    all) {
	all = count["pass"] + count["fail"] + count["skip"]
	if (all)
		printf "    %-6s  %-28s %4d passed %4d failed %4d skipped%s\n%s", \
			count["fail"] ? "FAILED" : "ok", current, count["pass"], \
			count["fail"], count["skip"], took, failures
	fflush()
	split("", count)
	failures = took = ""
}

function indent(line) {
	match(line, /^ */)
	return int(RLENGTH / 2)
}

BEGIN {
	current = "tests"
	deepest = 0
}

{ sub(/\r$/, "") }

group && match($0, group) {
	close_group()
	current = $0
	sub(/^# (selftests: iommufdx: )?/, "", current)
	next
}

/^# time: / {
	took = sprintf("  %8.1f s", $3)
	next
}

/^ *1\.\.[0-9]+/ {
	d = indent($0)
	line = $0
	sub(/^ *1\.\./, "", line)
	n = line + 0
	if (!(d in plan) && seen[d]) {	# a plan that follows its tests
		plan[d] = n
		check_plan(d)
	} else {
		check_plan(d)
		plan[d] = n
	}
	next
}

/^ *Bail out!/ {
	record("fail", $0)
	next
}

/^ *(not )?ok( |$)/ {
	d = indent($0)
	line = $0
	sub(/^ */, "", line)
	bad = line ~ /^not /
	sub(/^(not )?ok */, "", line)
	sub(/^[0-9]+ */, "", line)
	sub(/^- */, "", line)
	directive = ""
	if (match(line, / *# *([Ss][Kk][Ii][Pp]|TODO|XFAIL|exit=|timeout).*$/)) {
		directive = substr(line, RSTART)
		line = substr(line, 1, RSTART - 1)
	}
	skipped = toupper(directive) ~ /^ *# *SKIP/
	expected = toupper(directive) ~ /^ *# *(TODO|XFAIL)/
	seen[d]++

	had = failed_below = 0
	for (k = d + 1; k <= deepest; k++) {
		wrong = close_plan(k)
		if (wrong) {
			record("fail", line ": " wrong directive)
			failed_below++
		}
		had += leaves[k]
		failed_below += bad_leaves[k]
		leaves[k] = bad_leaves[k] = 0
	}
	if (had) {
		if (bad && !failed_below)
			record("fail", line " failed, though its tests passed" directive)
		leaves[d] += had
		bad_leaves[d] += failed_below
	} else {
		if (skipped)
			record("skip", line directive)
		else if (bad && !expected) {
			record("fail", line directive)
			bad_leaves[d]++
		} else
			record("pass", line)
		leaves[d]++
	}
	if (d > deepest)
		deepest = d
	if ((d in plan) && plan[d] == seen[d])
		close_plan(d)
	next
}

END {
	for (k = 0; k <= deepest; k++)
		check_plan(k)
	close_group()
}
