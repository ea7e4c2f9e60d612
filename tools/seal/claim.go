package seal

import (
	"crypto/sha256"
	"encoding/binary"
)

// Claim is the content that a token confirms. Two claims are the same if all
// members have the same bytes.
type Claim struct {
	// Purpose separates the uses of tokens: a preview's token is not valid for a
	// dialogue.
	Purpose string
	// Caller identifies the caller who got the preview.
	Caller string
	// Tool is the name of the tool.
	Tool string
	// Arguments are the call's arguments as canonical JSON: the same call has the
	// same bytes.
	Arguments []byte
	// Effect is the effect that the person was shown.
	Effect []byte
}

// digest hashes the claim. Each member follows its length, so that no byte can
// move from one member to the next.
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
