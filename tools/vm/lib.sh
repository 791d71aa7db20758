# shellcheck shell=bash disable=SC2034
# SPDX-License-Identifier: GPL-2.0
#
# What the scripts of tools/vm share: places, messages, locks.
# A script sets $prog before it sources this file.

top=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd -P)
vm=$top/tools/vm
cache=${IOMMUFDX_CACHE:-${XDG_CACHE_HOME:-${HOME:?}/.cache}/iommufdx}
out=$(realpath -m -- "${IOMMUFDX_OUT:-$top/build}")

keyring=/usr/share/keyrings/debian-archive-keyring.gpg

say()
{
	printf '%s: %s\n' "${prog:?}" "$*" >&2
}

# die STATUS MESSAGE...
die()
{
	local status=$1

	shift
	say "$*"
	exit "$status"
}

# The codename of the running Debian ("bookworm"), or nothing elsewhere.
debian_codename()
{
	# shellcheck disable=SC1091
	(. /etc/os-release 2>/dev/null && [ "$ID" = debian ] &&
		printf '%s\n' "${VERSION_CODENAME:-}") || true
}

# with_lock NAME COMMAND...: run COMMAND (a function will do) alone on this
# cache. The lock goes with the file descriptor, so it cannot outlive us and those
# that inherit $lock_fd. COMMAND is not tested here: that would switch `set -e` off
# inside it.
with_lock()
{
	local file=$cache/$1.lock lock_fd

	shift
	mkdir -p -- "$cache"
	exec {lock_fd}>>"$file"
	if ! flock -n "$lock_fd"; then
		say "waiting for another run that is filling the cache"
		flock "$lock_fd"
	fi
	"$@"
	exec {lock_fd}>&-
}

is_elf()
{
	[ "$(od -An -tx4 -N4 -- "$1" 2>/dev/null | tr -d ' ')" = 464c457f ]
}

# mebibytes BYTES: rounded up, for people.
mebibytes()
{
	printf '%d MB' $((($1 + 1048575) / 1048576))
}
