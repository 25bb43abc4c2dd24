"""One module a group of commands: options in, one workflow call, result out."""
