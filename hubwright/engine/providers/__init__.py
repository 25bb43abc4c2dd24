"""In-process providers for the resource types that the program uses; every other type is refused by name."""
