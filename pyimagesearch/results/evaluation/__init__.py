"""A generator's scores on a whole set of pairs, and what they are held against."""
