package seal

import (
	"crypto/sha256"
	"encoding/binary"
)

// Claim is what a token stands for. Two claims are the same when each member
// is, byte by byte.
type Claim struct {
	// Purpose keeps apart what tokens are used for: one of a preview is not
	// one of a dialogue.
	Purpose string
	// Caller is who was shown the effect.
	Caller string
	// Tool is the name of the tool.
	Tool string
	// Arguments are the call's arguments as canonical JSON: the same call, the
	// same bytes.
	Arguments []byte
	// Effect is what the person was shown.
	Effect []byte
}

// digest binds a token to the claim. Each member goes in behind its length:
// else a byte could move from one to the next.
func (c Claim) digest() []byte {
	h := sha256.New()
	for _, member := range [...][]byte{[]byte(c.Purpose), []byte(c.Caller), []byte(c.Tool), c.Arguments, c.Effect} {
		var length [8]byte
		binary.BigEndian.PutUint64(length[:], uint64(len(member)))
		h.Write(length[:])
		h.Write(member)
	}
	return h.Sum(nil)
}
