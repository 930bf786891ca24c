"""Files that clients upload: from a form to S3, then into the database."""
