"""Editors: flake8 plug-in and language server."""
