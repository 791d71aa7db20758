# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: GPL-2.0
#
# What a run amounts to: from the facts that init told, QEMU's own end, the
# kernel's taint flags and the console log.

# Kernel messages that fail a run. Taint flags catch WARN and oops even where no
# line matches; the lines catch what taints nothing (lockdep, leaks, hangs).
splats='WARNING:|BUG:|BUG [a-z]|Oops|general protection|Kernel panic'
splats+='|KASAN:|KFENCE:|KCSAN:|UBSAN:|kmemleak:.*(suspected|new)'
splats+='|possible (circular|recursive|irq|deadlock)|INFO: possible|INFO: task .* blocked'
splats+='|inconsistent lock state|suspicious RCU|invalid wait context|lock held when returning'
splats+='|still has locks held|unreferenced object|self-detected stall|detected stalls'
splats+='|refcount_t:|list_(add|del) corruption|Slab cache still has objects|Objects remaining'
splats+='|scheduling while atomic|sleeping function called|double fault|stack guard page'
# The modules' own checks at exit say "leak" (see the style of their messages).
splats+='|iommufdx.*[Ll]eak'

# The kernel says these of itself at boot; they are not about modules.
user_space='vm: user space starts'

# Taint bits: 5 bad page, 7 died, 9 warning, 14 soft lockup.
bad_taint=$((1 << 5 | 1 << 7 | 1 << 9 | 1 << 14))

# fact FILE NAME: the rest of the line that begins with NAME.
fact()
{
	tr -d '\r' <"$1" | sed -n "s/^$2 \{0,1\}//p"
}

has_fact()
{
	tr -d '\r' <"$1" | grep "^$2" >/dev/null
}

# find_splats CONSOLE: everything that matches after user space started; in a
# kernel that never came so far, everything that matches.
find_splats()
{
	if grep -qa "$user_space" "$1"; then
		sed "1,/$user_space/d" "$1" | grep -aE "$splats"
	else
		grep -aE "$splats" "$1"
	fi
}

show_tail()
{
	say "the end of the kernel's console (all of it in $log):"
	if grep -qa "$user_space" "$1"; then
		sed "1,/$user_space/d" "$1"
	else
		cat -- "$1"
	fi | tail -n 40 | tr -d '\r' | sed 's/^/    /' >&2
}

# judge CONSOLE FACTS QEMU_STATUS ALLOW: says what is wrong and returns the exit
# status of the run.
judge()
{
	local console=$1 facts=$2 qemu_status=$3 allow=$4
	local found before after module status trouble=0

	if [ ! -s "$console" ] && [ "$qemu_status" != 0 ]; then
		say "QEMU could not start the machine (status $qemu_status)"
		return 125
	fi

	found=$(find_splats "$console" | tr -d '\r' | head -n 20) || true
	if [ -n "$found" ]; then
		say "the kernel reported:"
		printf '    %s\n' "${found//$'\n'/$'\n    '}" >&2
		trouble=1
	fi
	# 137: it did not even end when asked to.
	if [ "$qemu_status" = 124 ] ||
		{ [ "$qemu_status" = 137 ] && ((timeout && SECONDS >= timeout)); }; then
		say "the time is up: the machine was ended after $timeout s"
		show_tail "$console"
		return 124
	fi
	read -r before after < <(fact "$facts" taint) || true
	if [ -n "${after-}" ] && ((after & ~before & bad_taint)); then
		say "the kernel is tainted by a warning or a bug ($before -> $after)"
		trouble=1
	fi
	while read -r module; do
		say "module $module could not be loaded"
		trouble=1
	done < <(fact "$facts" load-failed)
	while read -r module; do
		say "module could not be unloaded: $module"
		trouble=1
	done < <(fact "$facts" unload-failed)
	if has_fact "$facts" kmemleak; then
		say "kmemleak found $(fact "$facts" kmemleak) unreferenced objects"
		trouble=1
	fi

	status=$(fact "$facts" exit)
	if [ -z "$status" ]; then
		say "the machine went down before the command had ended"
		show_tail "$console"
		return 70
	fi
	if ! has_fact "$facts" down; then
		say "the command ended with status $status, but the machine did not" \
			"go down in order"
		trouble=1
	fi
	if [ $trouble = 1 ] && [ "$allow" != 1 ]; then
		[ "$status" = 0 ] || say "the command's own status was $status"
		show_tail "$console"
		return 70
	fi
	return "$status"
}
