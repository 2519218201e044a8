"""What stands beside the conversation: model picker, parameters, settings, details of an answer."""
