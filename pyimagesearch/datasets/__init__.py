"""Where pairs come from: named archives, street scenes rendered here, own folders."""
