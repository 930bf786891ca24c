"""The plans that members may have."""
