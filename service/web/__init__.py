"""Pages for the browser: home and live coaching, with the modules that every page shares."""
