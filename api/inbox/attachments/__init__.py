"""Files that members send to contacts, and links to those that contacts sent."""
