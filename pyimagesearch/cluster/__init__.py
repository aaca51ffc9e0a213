"""The processes of a training on several machines, and what they tell each other."""
