package sandbox

import (
	"errors"
	"net/url"
	"strconv"
)

const pageSize = 100

// farthest is as far as a page may lie; there is nothing beyond it.
const farthest = 1 << 40

// A page is what every list answers, except those with a cursor.
type page struct {
	Count    int     `json:"count"`
	Next     *string `json:"next"`
	Previous *string `json:"previous"`
	Results  any     `json:"results"`
}

// paginate cuts rows to the page that limit and offset name. A limit that is
// not a positive number is as good as none, and so is a bad offset.
func paginate[T any](c *call, rows []T) page {
	limit, offset := positive(c.query.Get("limit"), 1, pageSize), positive(c.query.Get("offset"), 0, 0)
	total := len(rows)
	p := page{Count: total, Results: rows[min(offset, total):min(offset+limit, total)]}
	if offset+limit < total {
		p.Next = c.pageURL(limit, offset+limit)
	}
	if offset > 0 {
		p.Previous = c.pageURL(limit, offset-limit)
	}
	return p
}

func positive(text string, least, otherwise int) int {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) || n < int64(least) {
		return otherwise
	}
	return int(min(n, farthest))
}

// pageURL is absolute and keeps the other parameters; an offset of the first
// page is left out. The framework sorts the parameters it rewrites.
func (c *call) pageURL(limit, offset int) *string {
	query := url.Values{}
	for name, values := range c.query {
		query[name] = values
	}
	query.Set("limit", strconv.Itoa(limit))
	if offset > 0 {
		query.Set("offset", strconv.Itoa(offset))
	} else {
		query.Del("offset")
	}
	link := c.base + c.r.URL.EscapedPath() + "?" + query.Encode()
	return &link
}
