"""The tab Audit Log: the trail of one organization, searched, filtered, paged and exported."""
