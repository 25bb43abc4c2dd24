"""The embedded engine: runs an unmodified Pulumi program in this process and keeps Pulumi's own state format."""
