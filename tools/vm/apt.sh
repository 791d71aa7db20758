# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: GPL-2.0
#
# Packages from Debian's archive without touching the system: a private apt
# state directory, the mirror the user has configured, signatures checked as
# always. Nothing is installed from here.

# mirror archive|security: the URI of the user's own mirror.
#
# Third parties use Debian's codenames too, so an entry counts only when apt
# knows its origin to be Debian, or (before the first `apt update`) when it
# looks like Debian's own layout. A wrong guess cannot do harm: the archive's
# signature would not verify.
mirror()
{
	local codename release uri default
	codename=$(debian_codename)

	case $1 in
	archive)
		release=${codename:-bookworm}
		default=http://deb.debian.org/debian
		;;
	security)
		release=${codename:-bookworm}-security
		default=http://deb.debian.org/debian-security
		;;
	esac
	# shellcheck disable=SC2016 # for apt, not for the shell
	uri=$(apt-get indextargets \
		--format '$(ORIGIN) $(RELEASE) $(REPO_URI)' \
		'Created-By: Packages' 2>/dev/null | sort -u |
		awk -v r="$release" '
			$2 != r { next }
			$1 == "Debian" { best = $3; exit }
			$1 != "Debian" && $3 ~ /debian\.org|\/debian(-security)?\/$/ { guess = $3 }
			END { print best ? best : guess }')
	printf '%s\n' "${uri:-$default}"
}

# private_apt NAME COMMAND...: run apt-get or apt-cache in the state of NAME.
private_apt()
{
	local dir=$cache/apt/$1 command=$2 options

	shift 2
	options=(
		-o "Dir::Etc::sourcelist=$dir/sources.list"
		-o Dir::Etc::sourceparts=/dev/null
		-o "Dir::State::lists=$dir/lists"
		-o "Dir::State::status=$dir/status"
		-o "Dir::Cache=$dir/cache"
		-o "Dir::Cache::archives=$dir/cache/archives"
		-o Acquire::Languages=none
		-o Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false
		-o Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled=false
		-o Acquire::Retries=3
		-o APT::Architecture=amd64
		-o APT::Architectures=amd64
	)
	# The sandbox user of apt cannot read a cache below /root.
	[ "$(id -u)" != 0 ] || options+=(-o APT::Sandbox::User=root)
	[ -t 2 ] || options+=(-qq)
	"$command" "${options[@]}" "$@"
}

# private_update NAME SUITE...: make the state of NAME know the SUITEs.
private_update()
{
	local dir=$cache/apt/$1 suite uri signed=

	shift
	mkdir -p "$dir/lists/partial" "$dir/cache/archives/partial"
	: >"$dir/status"
	[ ! -r "$keyring" ] || signed="[signed-by=$keyring] "
	for suite; do
		case $suite in
		*-security) uri=$(mirror security) ;;
		*) uri=$(mirror archive) ;;
		esac
		printf 'deb %s%s %s main\n' "$signed" "$uri" "$suite"
	done >"$dir/sources.list"
	say "reading the package lists of $*"
	private_apt "${dir##*/}" apt-get update --error-on=any >&2 ||
		die 125 "apt could not read the package lists of $*" \
			"(is there a network? see the messages above)"
}

# private_field NAME PACKAGE[=VERSION] FIELD
private_field()
{
	private_apt "$1" apt-cache show --no-all-versions "$2" 2>/dev/null |
		sed -n "s/^$3: //p" | head -n 1
}

# private_download NAME DIR PACKAGE=VERSION...
private_download()
{
	local name=$1 dir=$2 package total=0

	shift 2
	for package; do
		total=$((total + $(private_field "$name" "$package" Size)))
	done
	say "downloading $(mebibytes "$total"): ${*%%=*}"
	mkdir -p "$dir"
	(cd "$dir" && private_apt "$name" apt-get download "$@" >&2) ||
		die 125 "the download failed"
}

# private_forget NAME: the lists have served; only what was unpacked is kept.
private_forget()
{
	rm -rf -- "${cache:?}/apt/$1"
}
