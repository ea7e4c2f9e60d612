package main

// cells puts the turns in the order they are read in. The layers have a table of
// their own.
func (b *bench) cells(turns map[key][]figures) []cell {
	var cells []cell
	for _, k := range b.classes {
		for _, n := range inFlights {
			of := func(i int) []figures { return b.of(turns, k, n, i) }
			for i, c := range b.candidates {
				mine := of(i)
				if len(mine) == 0 || c.layer.name != "" {
					continue
				}
				cells = append(cells, cell{
					Class: k.name, Payload: len(k.payload), InFlight: n, Candidate: c.String(), figures: middle(mine),
					VsBare: ratio(mine, of(b.peer(i, bare)), p50), VsFloor: ratio(mine, of(b.peer(i, floor)), p50),
				})
			}
		}
	}
	return cells
}

// layers are the cells of the product with its layers, and without to compare.
// spans are how many came for each call, by the candidate.
func (b *bench) layers(turns map[key][]figures, spans map[string]float64) []layerCell {
	var cells []layerCell
	for _, k := range b.classes {
		for _, n := range inFlights {
			var table []layerCell
			layered := false
			for i, c := range b.candidates {
				mine := b.of(turns, k, n, i)
				if len(mine) == 0 || c.server != ours || c.transport != "http" {
					continue
				}
				layered = layered || c.layer.name != ""
				table = append(table, layerCell{
					Class: k.name, Payload: len(k.payload), InFlight: n, Candidate: c.String(),
					Rate: median(mine, rate), VsOurs: ratio(mine, b.of(turns, k, n, b.peer(i, ours)), rate), P50: median(mine, p50),
					Spans: spans[c.String()],
				})
			}
			if layered {
				cells = append(cells, table...)
			}
		}
	}
	return cells
}

// of are the turns of the candidate with that index; none for -1.
func (b *bench) of(turns map[key][]figures, k *class, inFlight, i int) []figures {
	if i < 0 {
		return nil
	}
	return turns[key{k.name, inFlight, b.candidates[i].String()}]
}
