package rate

import "time"

// lane is what is known of one. Times count from the epoch of its [Local].
type lane struct {
	// due is, for each window, when the next call would start if all of them came
	// at even distances.
	due []time.Duration
	// held is until when PostHog asked to be left alone.
	held time.Duration
}

// recent remembers the lanes that were used last, in two generations: when the
// young one is full, it is the old one, and what was old is forgotten. A lane
// that is used in between is young again.
type recent struct {
	most, windows int
	young, old    map[string]*lane
}

// of returns the lane of that name, a new one where it is not remembered.
func (r *recent) of(name string) *lane {
	if known := r.young[name]; known != nil {
		return known
	}
	known := r.old[name]
	if known == nil {
		known = &lane{due: make([]time.Duration, r.windows)}
	}
	if r.young == nil || len(r.young) >= r.most {
		r.young, r.old = map[string]*lane{}, r.young
	}
	r.young[name] = known
	return known
}
