# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: GPL-2.0
#
# Linux 7.3's source, from Debian's linux-source-7.3: a small part for the tests
# (kselftest's headers, the uAPI headers, checkpatch, kernel-doc), and the archive
# of all of it, from which tools/vm/build-kernel builds.

source_suite=trixie-backports
source_package=linux-source-7.3

# source_archive: fetch $cache/source-7.3.tar.xz. Runs under the lock.
source_archive()
{
	local version stage=$cache/source-7.3.stage

	[ ! -e "$cache/source-7.3.tar.xz" ] || return 0
	private_update 7.3 "$source_suite"
	version=$(private_field 7.3 "$source_package" Version)
	[ -n "$version" ] || die 125 "no $source_package in $source_suite"
	rm -rf -- "$stage"
	private_download 7.3 "$stage" "$source_package=$version"
	dpkg-deb --fsys-tarfile "$stage"/*.deb |
		tar -x -O "./usr/src/$source_package.tar.xz" >"$stage/tar.xz"
	mv -- "$stage/tar.xz" "$cache/source-7.3.tar.xz"
	rm -rf -- "$stage"
	private_forget 7.3
}

# source_fetch: unpack into $cache/source-7.3 what the tests need.
source_fetch()
{
	local stage=$cache/source-7.3.stage

	[ ! -e "$cache/source-7.3/.complete" ] || return 0
	source_archive
	say "unpacking the part of Linux 7.3's source that the tests need"
	rm -rf -- "$stage" "$cache/source-7.3"
	mkdir -p "$stage"
	tar -x -C "$stage" --strip-components=1 --wildcards --no-wildcards-match-slash \
		-f "$cache/source-7.3.tar.xz" \
		"$source_package/include/uapi" \
		"$source_package/include/linux/iommufd.h" \
		"$source_package/scripts" \
		"$source_package/tools/include" \
		"$source_package/tools/arch/x86/include" \
		"$source_package/tools/lib/python" \
		"$source_package/tools/testing/selftests/*.h" \
		"$source_package/tools/testing/selftests/lib.mk" \
		"$source_package/tools/testing/selftests/kselftest*" \
		"$source_package/tools/testing/selftests/iommu" \
		"$source_package/drivers/iommu/iommufd/iommufd_test.h" \
		"$source_package/arch/x86/include/uapi" \
		"$source_package/.clang-format" "$source_package/COPYING"
	: >"$stage/.complete"
	mv -- "$stage" "$cache/source-7.3"
	say "Linux 7.3's source for tests is in $cache/source-7.3"
}
