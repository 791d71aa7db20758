# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: GPL-2.0
#
# The guest's file system: two cpio archives, one after the other. The first
# (busybox, init) is the same for every run and cached; the second has what this
# run adds: modules, programs with the libraries they need, files, the command.

guest_bin=usr/local/bin

# cpio_of DIR: everything owned by root whoever we are.
cpio_of()
{
	(cd -- "$1" && find . -mindepth 1 -print0 | sort -z |
		cpio --quiet --null -o -H newc -R 0:0)
}

# base_archive: prints the path of the cached first archive. Its name is a digest
# of what is in it, and it appears by rename, so parallel runs need no lock.
base_archive()
{
	local busybox digest archive root applet file

	busybox=$(command -v busybox) ||
		die 125 "busybox is missing: run tools/vm/setup"
	! ldd "$busybox" >/dev/null 2>&1 ||
		die 125 "$busybox is not statically linked: run tools/vm/setup" \
			"(package busybox-static)"
	digest=$(cat -- "$busybox" "$vm"/guest/* "$vm/initramfs.sh" |
		sha256sum | cut -c1-16)
	archive=$cache/initramfs/base-$digest.cpio
	if [ ! -e "$archive" ]; then
		root=$(mktemp -d -t iommufdx-base.XXXXXX)
		mkdir -p "$root"/{bin,sbin,dev,etc,root,tmp,usr/bin,usr/sbin} \
			"$root"/{lib/iommufdx,lib64,proc,run,sys,$guest_bin}
		cp -- "$busybox" "$root/bin/busybox"
		while read -r applet; do
			[ "$applet" = busybox ] || ln -s busybox "$root/bin/$applet"
		done < <("$busybox" --list)
		cp -- "$vm/guest/init" "$root/init"
		cp -- "$vm/guest/profile" "$root/etc/profile"
		for file in "$vm"/guest/*; do
			case ${file##*/} in
			init | profile) ;;
			*) cp -- "$file" "$root/$guest_bin/" ;;
			esac
		done
		echo 'root:x:0:0:root:/root:/bin/sh' >"$root/etc/passwd"
		echo 'root:x:0:' >"$root/etc/group"
		mkdir -p "$cache/initramfs"
		cpio_of "$root" >"$archive.$$"
		# Those of other versions of this tree may be in use.
		find "$cache/initramfs" -name 'base-*' -mtime +7 -delete
		mv -- "$archive.$$" "$archive"
		rm -rf -- "$root"
	fi
	printf '%s\n' "$archive"
}

# add_libraries ROOT FILE...: the shared libraries of dynamically linked programs,
# at the paths the loader will look for them.
add_libraries()
{
	local root=$1 library

	shift
	{ ldd "$@" 2>/dev/null || true; } |
		sed -nE 's,^\s.*=> (/\S+) \(.*,\1,p; s,^\s+(/\S+) \(.*,\1,p' |
		sort -u |
		while read -r library; do
			[ ! -e "$root$library" ] || continue
			mkdir -p "$root${library%/*}"
			cp -L -- "$library" "$root$library"
		done
}

# add_programs ROOT: every executable that the user-space builds have made, and
# the list of kselftests that selftests-run goes by.
add_programs()
{
	local root=$1 dir file programs=()

	mkdir -p "$root/$guest_bin"
	for dir in "$out"/user/*/; do
		# Unit tests run on the host; they are large and sanitized.
		[ "${dir%/unit/}" = "$dir" ] || continue
		while IFS= read -r -d '' file; do
			cp -- "$file" "$root/$guest_bin/"
			! is_elf "$file" || programs+=("$file")
		done < <(find "$dir" -type f -perm -100 ! -name '*.so*' \
			! -name '*.o' ! -name '*.a' -print0 2>/dev/null)
	done
	[ ${#programs[@]} = 0 ] || add_libraries "$root" "${programs[@]}"
	mkdir -p "$root/etc"
	[ ! -d "$out/user/selftests" ] || selftest_names >"$root/etc/selftests"
}

# The programs that the selftests' Makefile calls TEST_GEN_PROGS (and the scripts
# it calls TEST_PROGS), and those of them that VENDOR_RUNS names once more as
# PROGRAM@VENDOR, read by make itself. Only names are wanted: it is not to
# look for (or fetch) kselftest's headers.
selftest_names()
{
	local dir=$top/tools/testing/selftests/iommufdx

	# shellcheck disable=SC2016 # for make, not for the shell
	printf 'include Makefile\n__names:\n\t@:$(info $(notdir $(TEST_PROGS) $(TEST_GEN_PROGS)) $(VENDOR_RUNS))\n' |
		MAKEFLAGS='' make -s --no-print-directory -C "$dir" -f - \
			BUILD="$out/user/selftests" KSELFTEST_INC=. __names | tr -s ' ' '\n'
}

# add_file ROOT HOST[:GUEST]
add_file()
{
	local root=$1 host=${2%%:*} guest=

	[ "$host" = "$2" ] || guest=${2#*:}
	# A host name may itself have a colon.
	if [ ! -e "$host" ] && [ -e "$2" ]; then
		host=$2
		guest=
	fi
	[ -e "$host" ] || die 2 "--file: $host does not exist"
	[ -n "$guest" ] || guest=/$(basename -- "$host")
	case $guest in
	*/) guest+=$(basename -- "$host") ;;
	esac
	guest=/${guest#/}
	mkdir -p -- "$root${guest%/*}"
	cp -RL --preserve=mode -- "$host" "$root$guest"
	if [ -f "$host" ] && [ -x "$host" ] && is_elf "$host"; then
		add_libraries "$root" "$host"
	fi
}

# add_modules ROOT DIR: sets $modules to those that were built, in load order.
# Debug information would be most of the archive and serves nobody in there.
add_modules()
{
	local root=$1 dir=$2 m

	modules=()
	mkdir -p "$root/lib/iommufdx"
	for m in iommufdx iommufdx_amd iommufdx_vtd iommufdx_smmuv3 iommufdx_model; do
		[ -e "$dir/$m.ko" ] || continue
		strip --strip-debug -o "$root/lib/iommufdx/$m.ko" -- "$dir/$m.ko" \
			2>/dev/null || cp -- "$dir/$m.ko" "$root/lib/iommufdx/"
		modules+=("$m")
	done
	# Loaded by hand only.
	[ ! -e "$dir/iommufdx_kunit.ko" ] ||
		cp -- "$dir/iommufdx_kunit.ko" "$root/lib/iommufdx/"
}
