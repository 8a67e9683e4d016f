"""Sphinx configuration."""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE / "_ext"), str(HERE.parent)]

from irllrec_pyg._io import read_toml  # noqa: E402

about = read_toml(HERE.parent / "pyproject.toml")["project"]

project = "irllrec_pyg"
author = copyright = "The irllrec_pyg authors"
release = about["version"]
extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.napoleon",
    "myst_nb",
    "sphinx_copybutton",
    "sphinx_design",
    "sphinx_remove_toctrees",
    "command_pages",
    "constructors",
    "equations",
    "registered",
]
exclude_patterns = ["_build"]
templates_path = ["_templates"]

html_theme = "furo"
html_title = f"irllrec_pyg {release}"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_sphinx = False
html_theme_options = {
    "source_repository": about["urls"]["Repository"],
    "source_branch": "main",
    "source_directory": "docs/",
}

remove_from_toctrees = ["reference/generated/irllrec_pyg.*.*"]  # hundreds of entries in each sidebar take minutes

autosummary_imported_members = True
autosummary_ignore_module_all = False  # a page lists what its package exports
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
autodoc_member_order = "bysource"
maximum_signature_line_length = 88
napoleon_use_ivar = True

myst_enable_extensions = ["amsmath", "colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3
nb_execution_mode = "force"
nb_execution_in_temp = True
nb_execution_raise_on_error = True
nb_execution_timeout = 120
nb_merge_streams = True
nb_output_stderr = "remove"  # progress and notes of libraries
smartquotes_action = "qe"  # two dashes are an option
suppress_warnings = ["ref.python"]  # a name can be imported from a package and from its module
