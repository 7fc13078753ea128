"""HTTP/1.1 without the network: heads, framing, hop-by-hop, cookies. Bytes in, values out."""
