"""One active engine a shard: the lease, the fence, recovery."""
