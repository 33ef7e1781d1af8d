"""Linux hosts' logs: what a line is however it was shipped, and the parts of the sources that read them."""
