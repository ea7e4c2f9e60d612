package seal

import (
	"bytes"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

// Each row changes one thing about the call that was shown.
func TestOtherClaims(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*Claim)
	}{
		{"another purpose", func(c *Claim) { c.Purpose = "dialogue" }},
		{"another caller", func(c *Claim) { c.Caller = "caller-2" }},
		{"no caller", func(c *Claim) { c.Caller = "" }},
		{"another tool", func(c *Claim) { c.Tool = "subscriptions-partial-update" }},
		{"a changed argument", func(c *Claim) { c.Arguments = bytes.Replace(c.Arguments, []byte(`:1`), []byte(`:2`), 1) }},
		{"one argument more", func(c *Claim) { c.Arguments = []byte(`{"a":1,` + string(c.Arguments[1:])) }},
		{"no arguments", func(c *Claim) { c.Arguments = nil }},
		{"another effect", func(c *Claim) { c.Effect = []byte("mails b@x.example") }},
		{"a letter in the other case", func(c *Claim) { c.Tool = "Subscriptions-create" }},
		{"a byte moved to the next member", func(c *Claim) { c.Caller, c.Tool = "caller-", "1"+c.Tool }},
		{"members exchanged", func(c *Claim) { c.Arguments, c.Effect = c.Effect, c.Arguments }},
		{"everything in one member", func(c *Claim) {
			*c = Claim{Purpose: c.Purpose + c.Caller + c.Tool + string(c.Arguments) + string(c.Effect)}
		}},
	} {
		s := sealer(t, "", nil)
		token := s.Seal(shown())
		other := shown()
		c.change(&other)
		refused(t, c.name, ErrForeign, s.Open(t.Context(), token, other))
		refused(t, c.name+", then the claim itself", nil, s.Open(t.Context(), token, shown()))
	}
}

// A token opens only for its own claim. Another claim does not open it even if the
// bytes of all its members, joined, are the same.
func TestAnyClaims(t *testing.T) {
	s := sealer(t, fakeSecret, nil)
	rapid.Check(t, func(t *rapid.T) {
		whole := rapid.SliceOfN(rapid.Byte(), 0, 12).Draw(t, "whole")
		cut := func(label string) Claim {
			cuts := rapid.SliceOfN(rapid.IntRange(0, len(whole)), 4, 4).Draw(t, label)
			slices.Sort(cuts)
			return Claim{
				Purpose: string(whole[:cuts[0]]), Caller: string(whole[cuts[0]:cuts[1]]), Tool: string(whole[cuts[1]:cuts[2]]),
				Arguments: whole[cuts[2]:cuts[3]], Effect: whole[cuts[3]:],
			}
		}
		made, given := cut("made"), cut("given")
		want := ErrForeign
		if cmp.Equal(made, given, cmpopts.EquateEmpty()) {
			want = nil
		}
		refused(t, "the other claim", want, s.Open(t.Context(), s.Seal(made), given))
		refused(t, "the claim", nil, s.Open(t.Context(), s.Seal(made), made))
	})
}

// No text opens anything, or makes Open panic.
func TestAnyText(t *testing.T) {
	s := sealer(t, fakeSecret, nil)
	rapid.Check(t, func(t *rapid.T) {
		token := rapid.OneOf(
			rapid.String(),
			rapid.StringOfN(rapid.RuneFrom([]rune("AZaz09-_=\n")), tokenLength, tokenLength, -1),
		).Draw(t, "token")
		refused(t, token, ErrForeign, s.Open(t.Context(), token, shown()))
	})
}
