"""The pages of the leads room: Today, a lead, lists, nurture, imports."""
