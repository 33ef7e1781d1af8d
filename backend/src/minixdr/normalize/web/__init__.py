"""What requests to web servers and proxies have in common, whichever log source saw them."""
