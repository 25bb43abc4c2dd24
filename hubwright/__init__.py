"""hubwright: one Pulumi program that turns a cloud project into a running JupyterHub or BinderHub."""

__version__ = "0.1.0"
