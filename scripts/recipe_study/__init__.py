"""Train the recipes for a similar time each and compare their validation scores."""
