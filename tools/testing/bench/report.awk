# SPDX-License-Identifier: GPL-2.0
#
# Makes a table, or JSON, of what one or more runs of a benchmark printed:
#
#   row   GROUP  WORK  OURS  LINUX  LIMIT	"-" for a figure there is none of
#   skip  GROUP  REASON
#   note  TEXT
#
# with tabs between. LIMIT is of OURS / LINUX, or with "=" in front of OURS itself.
# Of several runs the means, and how far they lie apart.
# -v as=table|json -v runs=N -v kernel=RELEASE

BEGIN { FS = "\t" }

function add(key, side, value,    k)
{
	k = key SUBSEP side
	if (value == "-")
		return
	if (!(k in count) || value + 0 < least[k])
		least[k] = value + 0
	if (!(k in count) || value + 0 > most[k])
		most[k] = value + 0
	sum[k] += value
	count[k]++
}

function mean(key, side,    k)
{
	k = key SUBSEP side
	return k in count ? sum[k] / count[k] : ""
}

function spread(key, side,    k)
{
	k = key SUBSEP side
	return mean(key, side) ? (most[k] - least[k]) / mean(key, side) * 100 : 0
}

function ratio(key)
{
	if (mean(key, "ours") == "" || !mean(key, "linux"))
		return ""
	return mean(key, "ours") / mean(key, "linux")
}

# What there is a limit of, and the limit; as it is printed: two digits.
function measured(key)
{
	return absolute(key) ? mean(key, "ours") : ratio(key)
}

function absolute(key) { return limit[key] ~ /^=/ }

function wanted(key)
{
	return absolute(key) ? substr(limit[key], 2) : limit[key]
}

function missed(key)
{
	return limit[key] != "-" && measured(key) != "" &&
		sprintf("%.2f", measured(key)) + 0 > wanted(key) + 0
}

$1 == "row" {
	key = $2 SUBSEP $3
	if (!(key in group)) {
		group[key] = $2
		work[key] = $3
		limit[key] = $6
		order[++rows] = key
	}
	add(key, "ours", $4)
	add(key, "linux", $5)
}
$1 == "skip" && !($2 in skipped) { skipped[$2] = $3; skip[++skips] = $2 }
$1 == "note" && !($2 in noted) { noted[$2]; note[++notes] = $2 }

function number(value,    s, sign, end)
{
	if (value == "")
		return "-"
	if (value < 100)
		return sprintf("%.1f", value)
	s = sprintf("%.0f", value)
	for (end = length(s) - 3; end > 0; end -= 3)
		s = substr(s, 1, end) "," substr(s, end + 1)
	return s
}

function table(    i, key, last, worst, where, reach)
{
	for (i = 1; i <= rows; i++) {
		key = order[i]
		if (group[key] != last)
			printf "%s%-36s %15s %15s %7s  %s\n", (i > 1 ? "\n" : ""),
				group[key], "OURS", "LINUX", "RATIO", "REACH"
		last = group[key]
		reach = ""
		if (limit[key] != "-" && measured(key) != "")
			reach = "<= " wanted(key)
		if (missed(key))
			reach = reach "  MISSED"
		printf "  %-34s %15s %15s %7s  %s\n", work[key],
			number(mean(key, "ours")), number(mean(key, "linux")),
			(ratio(key) == "" ? "-" : sprintf("%.2f", ratio(key))), reach
		if (spread(key, "ours") > worst) {
			worst = spread(key, "ours")
			where = group[key] ", " work[key] ", ours"
		}
		if (spread(key, "linux") > worst) {
			worst = spread(key, "linux")
			where = group[key] ", " work[key] ", Linux"
		}
	}
	for (i = 1; i <= skips; i++)
		printf "\n%s: skipped: %s\n", skip[i], skipped[skip[i]]
	print ""
	for (i = 1; i <= notes; i++)
		print note[i]
	printf "Instructions, on %s%s\n", kernel,
		(runs > 1 ? ", means of " runs " runs" : "")
	if (runs > 1)
		printf "The runs differ by %.3f %% at most%s\n", worst,
			(worst ? " (" where ")" : "")
}

function quote(s)
{
	gsub(/[\\"]/, "\\\\&", s)
	return "\"" s "\""
}

function json_number(value, format)
{
	return value == "" || value == "-" ? "null" : sprintf(format, value)
}

function json(    i, key)
{
	printf "{\n  \"kernel\": %s,\n  \"unit\": \"instructions\",\n", quote(kernel)
	printf "  \"runs\": %d,\n  \"rows\": [", runs
	for (i = 1; i <= rows; i++) {
		key = order[i]
		printf "%s\n    {\"group\": %s, \"work\": %s, \"ours\": %s, \"linux\": %s,",
			(i > 1 ? "," : ""), quote(group[key]), quote(work[key]),
			json_number(mean(key, "ours"), "%.1f"),
			json_number(mean(key, "linux"), "%.1f")
		printf " \"ratio\": %s, \"reach\": %s, \"missed\": %s}",
			json_number(ratio(key), "%.3f"),
			json_number(wanted(key), "%s"),
			(missed(key) ? "true" : "false")
	}
	printf "\n  ],\n  \"skipped\": ["
	for (i = 1; i <= skips; i++)
		printf "%s\n    {\"group\": %s, \"reason\": %s}", (i > 1 ? "," : ""),
			quote(skip[i]), quote(skipped[skip[i]])
	printf "%s]\n}\n", (skips ? "\n  " : "")
}

END {
	if (as == "json")
		json()
	else
		table()
}
