"""Sphinx configuration."""

project = "irllrec_pyg"
author = copyright = "The irllrec_pyg authors"
extensions = ["sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.mathjax", "sphinx.ext.viewcode", "myst_parser"]
html_theme = "furo"
autodoc_default_options = {"members": True, "show-inheritance": True, "exclude-members": "forward, message, update"}
autodoc_typehints = "none"  # the docstrings say what arguments mean
autodoc_member_order = "bysource"
napoleon_use_ivar = True
myst_enable_extensions = ["dollarmath", "amsmath"]
myst_heading_anchors = 3
exclude_patterns = ["_build"]
suppress_warnings = ["ref.python"]  # a name can be imported from a package and from its module
