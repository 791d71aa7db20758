#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Compares the user API reference with the headers and the code: reference.py TREE.

One TAP test per ioctl: it has a section, which gives its number and the size of
its struct, mentions every member, and lists in its errno table every error that
its handler, or what that calls in the same directory, names, and none that no code
returns. An ioctl of /dev/iommu says which kernels limit it, as IOMMUFDX_GET_CAPS
does, and how Linux differs. One test per header: every constant in it is mentioned.

A section is a title of capitals alone, underlined with hyphens. Its errno table is
every line that begins with errno names.
"""
import pathlib
import re
import sys

# Errors that only functions of the kernel return, and the one that does.
FROM_KERNEL = {
    "E2BIG": "copy_struct_from_user",
    "EDEADLK": "EDEADLOCK",
    "EMFILE": "get_unused_fd_flags",
    "ENFILE": "anon_inode_getfile",
}
# What these functions name, or call, and no user sees.
INTERNAL = {
    ("IOMMU_IOAS_MAP", "EPERM"): "the memory is taken as the flags say",
    ("IOMMU_IOAS_MAP_FILE", "EPERM"): "the same",
    ("VFIO_IOMMU_MAP_DMA", "EPERM"): "the same",
    ("VFIO_IOMMU_MAP_DMA", "ENOSPC"): "the IOVA is always given",
    ("IOMMUFDX_INV_RING_ALLOC", "EIO"): "of a kick's commands, which have their status",
    ("IOMMUFDX_GUEST_QUEUE_CTRL", "EIO"): "of a guest's commands, as its queue says",
    ("access_change_ioas", "EBUSY"): "the access is fresh, nobody is using it",
    ("claim_areas", "EAGAIN"): "tells its caller to have accesses unpin",
    ("forget_all", "EIO"): "as from a backend, where whoever flushes passes it on",
    ("fdx_sva_map", "EIO"): "of a page request, whose device gets the answer",
    ("sva_fault", "ENODEV"): "the same",
    ("sva_fault_once", "EAGAIN"): "the same",
    ("sva_serve_request", "ESRCH"): "the same",
    ("fdx_ioas_unmap_range_dirty", "EAGAIN"): "only where all HWPTs are to be targets",
    ("fdx_vfio_unmap_dirty", "EAGAIN"): "compared, and tried again",
    ("lock_targets", "EAGAIN"): "the same",
    ("take_all", "EAGAIN"): "tells its caller to look for HWPTs again",
    ("insert_range", "ENOMEM"): "an allocation that cannot fail",
    ("fdx_object_alloc_ucmd", "EBUSY"): "a WARN_ON",
    ("fdx_pages_alloc_dmabuf", "ENOTTY"): "tells its caller to try a memfd",
    ("file_pages", "ENOTTY"): "the same, compared",
}
# What the dispatchers return for every command whose struct begins with its size.
DISPATCHER = {"E2BIG", "EFAULT", "EINVAL"}
SIZES = {"__u8": 1, "__u16": 2, "__u32": 4, "__s32": 4, "__aligned_u64": 8}
ERRNO = r"-(E[A-Z0-9]{2,})\b"
COMPARED = r"(?<![=!]= )(?<!case )"


def strip_comments(text):
    return re.sub(r"/\*.*?\*/", "", text, flags=re.S)


class Header:
    """Structs, constants and ioctls that a header defines."""

    def __init__(self, path):
        text = strip_comments(path.read_text())
        self.name = path.name
        self.structs = {m[1]: m[2] for m in
                        re.finditer(r"^struct (\w+) \{\n(.*?)^\}", text, re.M | re.S)}
        self.constants = dict(re.findall(r"^\t(\w+) = ([^,\n]+),", text, re.M))
        self.constants |= re.findall(r"^#define (\w+)[ \t]+(\w+)$", text, re.M)
        # The struct of an ioctl is the one before it.
        self.ioctls = {}
        for m in re.finditer(r"^#define (\w+)[\s\\]+_IO\((\w+), ([^)]+)\)", text, re.M):
            before = re.findall(r"^struct (\w+) \{", text[: m.start()], re.M)
            self.ioctls[m[1]] = (m[3], before[-1] if before else None)

    def members(self, struct):
        """[name, offset behind it] of each member, and the size of the struct."""
        members, end, union_start, align = [], 0, None, 1
        for line in self.structs[struct].splitlines():
            if line.strip() == "union {":
                union_start, union_end = end, end
            elif line.strip() == "};":
                end, union_start = union_end, None
            m = re.match(r"\s+(\w+)\s+(\w+)(?:\[(\w+)\])?;", line)
            if not m:
                continue
            size = SIZES.get(m[1], 1)
            align = max(align, size)
            count = int(self.constants.get(m[3], m[3]) or 1)
            start = union_start if union_start is not None else end
            end = start + -start % size + size * count
            if union_start is not None:
                union_end = max(union_end, end)
            members.append((m[2], end))
        return members, end + -end % align


def number(expression, constants):
    """The number that an ioctl's definition means."""
    while (names := re.findall(r"\b[A-Za-z_]\w*", expression)):
        for name in names:
            expression = re.sub(rf"\b{name}\b", f"({constants[name]})", expression)
    return eval(expression)  # numbers and operators alone


class Code:
    """The functions of the modules, and the ioctls they handle."""

    def __init__(self, path):
        # A header's inline function may stand in for that of a .c file.
        files = sorted(path.rglob("*.c")) + sorted(path.rglob("*.h"))
        texts = {f: strip_comments(f.read_text()) for f in files}
        self.path = path
        self.all = "\n".join(texts.values())
        self.functions = {}
        for file, text in texts.items():
            for m in re.finditer(r"^(?!#)\w[^;{}#]*?\b(\w+)\([^;{}]*\)\n\{\n(.*?)^\}",
                                 text, re.M | re.S):
                self.functions.setdefault(m[1], {}).setdefault(file, m[2])

        self.handlers, self.last = {}, {}
        for m in re.finditer(r"(?:BASE|EXTENSION)\((\w+),\s*(\w+),\s*struct \w+,\s*(\w+)\)",
                             self.all):
            self.handlers[m[1]], self.last[m[1]] = m[2], m[3]
        for m in re.finditer(r"MOCK_CMD\((\w+),\s*\w+,\s*(\w+),\s*\.run = (\w+)", self.all):
            self.handlers[m[1]], self.last[m[1]] = m[3], m[2]
        self.vfio = {}
        for dispatcher in "fdx_vfio_ioctl", "mock_dev_ioctl_locked":
            body = next(iter(self.functions[dispatcher].values()))
            for m in re.finditer(r"(?:case |cmd == )(VFIO_\w+)[:)]\s*(?:return (\w+)\()?",
                                 body):
                self.vfio[m[1]] = m[2]

    def module(self, file):
        """The folder of the modules' that a file is in, itself or deeper."""
        return file.relative_to(self.path).parts[0]

    def errors(self, handler):
        """Errno names in the function, and in what it calls in its directory."""
        file = next(iter(self.functions[handler]))
        found, todo = set(), [(handler, file)]
        seen = set(todo)
        while todo:
            function, file = todo.pop()
            body = self.functions[function][file]
            found |= {errno for errno in re.findall(COMPARED + ERRNO, body)
                      if (function, errno) not in INTERNAL}
            for name in set(re.findall(r"\b\w+\b", body)) & self.functions.keys():
                # Static functions of other files may have the same name.
                places = [f for f in self.functions[name]
                          if self.module(f) == self.module(file)]
                place = file if file in places else places[0] if places else None
                if place and (name, place) not in seen:
                    seen.add((name, place))
                    todo.append((name, place))
        return found

    def returns(self, errno):
        return re.search(rf"-{errno}\b", self.all) or \
            FROM_KERNEL.get(errno, "\0") in self.all


def sections(pages):
    """Name of an ioctl to the text of its section."""
    found = {}
    for page in pages:
        parts = re.split(r"^(\S.*)\n([-=])\2{2,}\n(?=\n)", page.read_text(), flags=re.M)
        for title, body in zip(parts[1::3], parts[3::3]):
            if re.fullmatch(r"[A-Z][A-Z0-9_]+", title):
                found[title] = body
    return found


class Checker:
    def __init__(self, tree):
        self.headers = [Header(f) for f in sorted((tree / "include/uapi/linux").glob("*.h"))]
        self.vfio = Header(pathlib.Path("/usr/include/linux/vfio.h"))
        self.code = Code(tree / "drivers/iommu/iommufdx")
        self.pages = sorted((tree / "Documentation/userspace-api").glob("*.rst"))
        self.sections = sections(self.pages)
        self.constants = {}
        for header in self.headers + [self.vfio]:
            self.constants |= header.constants
        self.count = self.failed = 0

    def test(self, name, wrong):
        self.count += 1
        self.failed += bool(wrong)
        print(f"{'not ok' if wrong else 'ok'} {self.count} {name}")
        for line in wrong:
            print(f"# {line}")

    def struct(self, ioctl, section):
        """(header, name) of an ioctl's struct; for VFIO's the section says which."""
        for header in self.headers:
            if ioctl in header.ioctls and not ioctl.startswith("VFIO"):
                return header, header.ioctls[ioctl][1]
        m = re.search(r"^:Struct: ``struct (\w+)``", section, re.M)
        for header in [*self.headers, self.vfio] if m else []:
            if m[1] in header.structs:
                return header, m[1]
        return None, None

    def check_struct(self, ioctl, section):
        header, struct = self.struct(ioctl, section)
        if not struct:
            return [] if ":Struct: none" in section else ["no struct is known"]
        members, size = header.members(struct)
        wrong = [f"{name} of struct {struct} is not mentioned"
                 for name, _ in members if f"``{name}``" not in section]
        if ioctl in self.code.last:
            least = dict(members)[self.code.last[ioctl]]
            line = f":Struct: ``struct {struct}``, {size} bytes, at least {least}\n"
            if line not in section:
                wrong.append(f"want: {line.strip()}")
        return wrong

    def check_errors(self, ioctl, section):
        listed = set()
        for m in re.finditer(r"^(E[A-Z0-9]{2,}(?:, E[A-Z0-9]{2,})*)\s", section, re.M):
            listed |= set(m[1].split(", "))
        wrong = [f"{errno} is returned by no code"
                 for errno in sorted(listed) if not self.code.returns(errno)]
        if not listed and ":Errors: none" not in section:
            wrong.append("there is no errno table")
        if ioctl not in self.code.handlers and ioctl not in self.code.vfio:
            wrong.append("no code handles it: it gives ENOTTY")
        wanted = DISPATCHER if ioctl in self.code.last else set()
        handler = self.code.handlers.get(ioctl) or self.code.vfio.get(ioctl)
        if handler:
            wanted = wanted | self.code.errors(handler)
        wrong += [f"{errno} is not in the errno table"
                  for errno in sorted(wanted - listed)
                  if (ioctl, errno) not in INTERNAL]
        return wrong

    def check_kernels(self, ioctl, section):
        body = "".join(self.code.functions["fdx_get_caps"].values())
        if f"(IOMMUFD_CMD_{ioctl.removeprefix('IOMMU_')} -" in body and \
                ":Kernels: all\n" in section:
            return ["GET_CAPS says that some kernels limit it"]
        if re.match("IOMMU_|IOMMUFDX_GET_CAPS|VFIO_[^D]", ioctl):
            return [f"{field} is missing" for field in (":Kernels:", ":Linux:")
                    if f"\n{field} " not in section]
        return []

    def run(self):
        defined = self.vfio.ioctls.copy()
        for header in self.headers:
            defined |= header.ioctls
        ioctls = [name for name in defined
                  if name in self.code.vfio or not name.startswith("VFIO")]

        for ioctl in ioctls:
            section = self.sections.get(ioctl)
            if section is None:
                self.test(ioctl, ["there is no section with this title"])
                continue
            wrong = self.check_struct(ioctl, section)
            wrong += self.check_errors(ioctl, section)
            wrong += self.check_kernels(ioctl, section)
            nr = f":Number: {number(defined[ioctl][0], self.constants):#04x}\n"
            if nr not in section:
                wrong.append(f"want: {nr.strip()}")
            self.test(ioctl, wrong)
        for name in sorted(set(self.sections) - set(ioctls)):
            self.test(name, ["a section about an ioctl that does not exist"])

        text = "\n".join(page.read_text() for page in self.pages)
        for header in self.headers:
            names = [n for n in header.constants if not re.search(r"_CMD_|_CMD$", n)]
            self.test(f"constants of {header.name}",
                      [f"{name} is not mentioned" for name in names
                       if not re.search(rf"\b{name}\b", text)])
        print(f"1..{self.count}")
        return 1 if self.failed else 0


if __name__ == "__main__":
    sys.exit(Checker(pathlib.Path(sys.argv[1])).run())
