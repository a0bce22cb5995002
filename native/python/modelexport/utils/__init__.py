"""Names of the predecessor's layout."""
