"""What the page components take: plain frozen shapes, and how amounts, dates and words look."""
