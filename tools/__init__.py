"""What maintainers run against the world outside: a package registry and Hugging Face's documentation.

None of it is part of the package, and no test of the suite goes to the network.
"""
