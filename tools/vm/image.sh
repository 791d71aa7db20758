# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# x86 kernel images: what they say of themselves, and how to unpack them.
# Offsets: Documentation/arch/x86/boot.rst.

# number OFFSET LENGTH FILE
number()
{
	od -An "-tu$2" "-j$1" "-N$2" -- "$3" | tr -d ' '
}

# A kernel that unpacks itself under TCG takes seconds at every boot; QEMU starts
# the unpacked one through its PVH entry. Offsets: Documentation/arch/x86/boot.rst,
# setup_sects, payload_offset, payload_length. Where it does not work out, the
# image boots as it is.
unpack_image()
{
	local offset length magic unpack

	offset=$((($(number 497 1 "$1") + 1) * 512 + $(number 584 4 "$1")))
	length=$(number 588 4 "$1")
	magic=$(od -An -tx4 "-j$offset" -N4 -- "$1" | tr -d ' ')
	case $magic in
	587a37fd) unpack=(xz -dc --single-stream) ;;
	fd2fb528) unpack=(zstd -dcq) ;;
	*8b1f) unpack=(gzip -dc) ;;
	*) return 0 ;;
	esac
	# Behind the payload stands its size, which the unpackers complain about.
	tail -c "+$((offset + 1))" -- "$1" | head -c "$length" |
		"${unpack[@]}" >"$2" 2>/dev/null || true
	{ is_elf "$2" &&
		readelf -n -- "$2" 2>/dev/null | grep '^ *Xen .*0x00000012' >/dev/null; } ||
		rm -f -- "$2"
}

# The release is a string in the image; its offset stands at 0x20e of the
# header (Documentation/arch/x86/boot.rst, kernel_version).
image_release()
{
	local offset

	if is_elf "$1"; then
		grep -aom 1 'Linux version [^ ]*' -- "$1" | head -n 1 | cut -d' ' -f3
		return
	fi
	[ "$(od -An -tx4 -j514 -N4 -- "$1" 2>/dev/null | tr -d ' ')" = 53726448 ] ||
		die 2 "$1 is not an x86 kernel image (bzImage)"
	offset=$(number 526 2 "$1")
	dd if="$1" bs=1 skip=$((offset + 512)) count=128 status=none |
		tr '\0' '\n' | sed -n '1s/ .*//p'
}
