package view

import (
	"iter"
	"math/bits"
)

// Members goes over the members of a valid object, by name; anything else has
// none. What is not asked for is passed over unread.
func (r Raw) Members() iter.Seq2[Raw, Raw] {
	return func(yield func(name, value Raw) bool) {
		if r == "" || r[0] != '{' {
			return
		}
		for i := gap(r, 1); r[i] != '}'; i = gap(r, i) {
			end := skipString(r, i)
			value := gap(r, end)
			name := r[i:end]
			i = skip(r, value)
			if !yield(name, r[value:i]) {
				return
			}
		}
	}
}

// Items goes over the items of a valid array; anything else has none.
func (r Raw) Items() iter.Seq[Raw] {
	return func(yield func(Raw) bool) {
		if r == "" || r[0] != '[' {
			return
		}
		for i := gap(r, 1); r[i] != ']'; i = gap(r, i) {
			start := i
			i = skip(r, i)
			if !yield(r[start:i]) {
				return
			}
		}
	}
}

// gap returns where the next token begins: commas and colons are none.
func gap(json Raw, i int) int {
	for json[i] <= ' ' || json[i] == ',' || json[i] == ':' {
		i++
	}
	return i
}

// skip returns where the value at i ends.
func skip(json Raw, i int) int {
	switch json[i] {
	case '"':
		return skipString(json, i)
	case '{', '[':
		return skipNested(json, i)
	}
	for i < len(json) && json[i] > ' ' && json[i] != ',' && json[i] != ']' && json[i] != '}' {
		i++
	}
	return i
}

func skipNested(json Raw, i int) int {
	for depth := 0; ; {
		switch json[i] {
		case '"':
			i = skipString(json, i)
			continue
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		}
		if i++; depth == 0 {
			return i
		}
	}
}

func skipString(json Raw, i int) int {
	for i++; ; {
		for ; i+8 <= len(json); i += 8 {
			x := eight(json[i:])
			if found := (((x ^ '"'*each) - each) | ((x ^ '\\'*each) - each)) &^ x & high; found != 0 {
				i += bits.TrailingZeros64(found) / 8
				break
			}
		}
		switch json[i] {
		case '"':
			return i + 1
		case '\\':
			i++
		}
		i++
	}
}

// eight returns the first eight bytes; the compiler makes one load of it.
func eight(s Raw) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}
