"""One active engine per shard: the lease, the fence, recovery."""
