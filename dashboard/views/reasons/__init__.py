"""Page Reasons: where a guided model looks, what it says, whether that is right, and how it is taught."""
