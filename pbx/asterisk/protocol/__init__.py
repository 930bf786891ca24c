"""AMI and AGI in words: messages in, actions out, causes, numbers. Pure."""
