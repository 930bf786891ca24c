"""Tags: labels that members put on contacts."""
