#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Builds the documentation: html.py OUTDIR PAGE.rst... One TAP test per page.

A page fails by whatever docutils remarks on, and by a link to a page that is not
there. kernel-doc writes for Sphinx: of that, docutils is taught the two directives
that occur. A literal ``struct name`` becomes a link to what kernel-doc says of it.
"""
import io
import pathlib
import re
import sys

from docutils import core, nodes
from docutils.parsers.rst import Directive, directives


class CName(Directive):
    """.. c:type:: struct name, and what is indented below it."""

    required_arguments = 1
    final_argument_whitespace = True
    has_content = True

    def run(self):
        name = self.arguments[0]
        head = nodes.rubric(name, name, ids=[nodes.make_id(name)])
        body = nodes.container()
        self.state.nested_parse(self.content, self.content_offset, body)
        return [head, body]


directives.register_directive("c:type", CName)
directives.register_directive("c:function", CName)


def described_names(pages):
    """What kernel-doc describes: "struct name" to the URI of the description."""
    names = {}
    for page in pages:
        for name in re.findall(r"^\.\. c:type:: (.+)$", page.read_text(), re.M):
            names[name] = f"{page.stem}.html#{nodes.make_id(name)}"
    return names


def link(doctree, stems, names):
    """Make links work between pages in HTML; returns those that lead nowhere."""
    dangling = []
    for ref in list(doctree.findall(nodes.reference)):
        uri = ref.get("refuri", "")
        if not uri.endswith(".rst"):
            continue
        if uri[: -len(".rst")] not in stems:
            dangling.append(f"there is no page {uri}")
        ref["refuri"] = uri[: -len(".rst")] + ".html"
    for literal in list(doctree.findall(nodes.literal)):
        uri = names.get(literal.astext())
        if uri and not isinstance(literal.parent, nodes.reference):
            literal.replace_self(nodes.reference("", "", literal.deepcopy(),
                                                 refuri=uri))
    return dangling


def build(page, out, stems, names):
    """Write the page's HTML; returns what is wrong with it, as lines."""
    remarks = io.StringIO()
    settings = {
        # kernel-doc makes targets that nothing refers to, which is no fault.
        "report_level": 2 if page.stem.startswith("structs-") else 1,
        "halt_level": 5,
        "warning_stream": remarks,
        "raw_enabled": False,
        "file_insertion_enabled": False,
    }
    doctree = core.publish_doctree(page.read_text(), source_path=str(page),
                                   settings_overrides=settings)
    dangling = link(doctree, stems, names)
    html = core.publish_from_doctree(doctree, writer_name="html5")
    (out / (page.stem + ".html")).write_bytes(html)
    return remarks.getvalue().splitlines() + dangling


def main():
    out = pathlib.Path(sys.argv[1])
    pages = [pathlib.Path(arg) for arg in sys.argv[2:]]
    stems = {page.stem for page in pages}
    names = described_names(pages)
    failed = False

    for number, page in enumerate(pages, 1):
        wrong = build(page, out, stems, names)
        print(f"{'not ok' if wrong else 'ok'} {number} {page.name} is well-formed")
        for line in wrong:
            print(f"# {line}")
        failed |= bool(wrong)
    print(f"1..{len(pages)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
