"""Everything that runs the whole product on one machine: environments, services, supervision.

No Django here: the launcher knows the application only as commands and environment variables.
"""
