"""Videos that were uploaded: their analysis, and the pages that show what was found."""
