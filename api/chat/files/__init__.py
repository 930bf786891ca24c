"""Files: uploaded straight to S3, typed by their content, seen in the chats whose messages name them."""
