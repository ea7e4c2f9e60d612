// Package oci writes container images as the OCI Image Format Specification 1.1
// lays them out, without an engine.
package oci

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"time"

	"posthog-mcp/internal/release/archive"
)

// Media types of the specification.
const (
	typeIndex    = "application/vnd.oci.image.index.v1+json"
	typeManifest = "application/vnd.oci.image.manifest.v1+json"
	typeConfig   = "application/vnd.oci.image.config.v1+json"
	typeLayer    = "application/vnd.oci.image.layer.v1.tar+gzip"
)

// Config is how a container of the image starts; the names are the
// specification's.
type Config struct {
	User       string            `json:",omitempty"`
	Env        []string          `json:",omitempty"`
	Entrypoint []string          `json:",omitempty"`
	Cmd        []string          `json:",omitempty"`
	WorkingDir string            `json:",omitempty"`
	Labels     map[string]string `json:",omitempty"`
}

// Image is what to write.
type Image struct {
	// OS and Arch are in Go's words, which are the specification's.
	OS, Arch string
	Created  time.Time
	Config   Config
	// Layers are each a set of files; their folders are made by themselves.
	Layers [][]archive.File
}

// blob is content with its digest: everything in an image is named by one.
type blob struct {
	content []byte
	digest  string
}

func newBlob(content []byte) blob {
	sum := sha256.Sum256(content)
	return blob{content, hex.EncodeToString(sum[:])}
}

// path is where a blob lies in a layout.
func (b blob) path() string { return "blobs/sha256/" + b.digest }

// descriptor points at a blob.
type descriptor struct {
	MediaType   string            `json:"mediaType"`
	Digest      string            `json:"digest"`
	Size        int               `json:"size"`
	Platform    *platform         `json:"platform,omitempty"`
	Annotations map[string]string `json:"annotations,omitempty"`
}

type platform struct {
	Architecture string `json:"architecture"`
	OS           string `json:"os"`
}

func (b blob) as(mediaType string) descriptor {
	return descriptor{MediaType: mediaType, Digest: "sha256:" + b.digest, Size: len(b.content)}
}

// manifest lists an image's parts; index lists images.
type manifest struct {
	SchemaVersion int          `json:"schemaVersion"`
	MediaType     string       `json:"mediaType"`
	Config        descriptor   `json:"config"`
	Layers        []descriptor `json:"layers"`
}

type index struct {
	SchemaVersion int          `json:"schemaVersion"`
	MediaType     string       `json:"mediaType"`
	Manifests     []descriptor `json:"manifests"`
}

type configuration struct {
	Created      time.Time `json:"created"`
	Architecture string    `json:"architecture"`
	OS           string    `json:"os"`
	Config       Config    `json:"config"`
	RootFS       rootFS    `json:"rootfs"`
	History      []history `json:"history"`
}

type rootFS struct {
	Type    string   `json:"type"`
	DiffIDs []string `json:"diff_ids"`
}

type history struct {
	Created   time.Time `json:"created"`
	CreatedBy string    `json:"created_by"`
}

// built is an image as blobs.
type built struct {
	manifest, config blob
	layers           []blob
	platform         platform
}

func (i Image) build() (built, error) {
	created := i.Created.UTC()
	c := configuration{
		Created: created, Architecture: i.Arch, OS: i.OS, Config: i.Config,
		RootFS: rootFS{Type: "layers"},
	}
	m := manifest{SchemaVersion: 2, MediaType: typeManifest}
	b := built{platform: platform{i.Arch, i.OS}}
	for _, files := range i.Layers {
		var plain, packed bytes.Buffer
		if err := archive.Tar(&plain, created, withFolders(files)...); err != nil {
			return built{}, err
		}
		diff := newBlob(plain.Bytes())
		if err := archive.Gzip(&packed, func(w io.Writer) error { _, err := w.Write(diff.content); return err }); err != nil {
			return built{}, err
		}
		layer := newBlob(packed.Bytes())
		b.layers = append(b.layers, layer)
		m.Layers = append(m.Layers, layer.as(typeLayer))
		c.RootFS.DiffIDs = append(c.RootFS.DiffIDs, "sha256:"+diff.digest)
		c.History = append(c.History, history{created, "COPY /" + files[len(files)-1].Name})
	}
	b.config = encode(c)
	m.Config = b.config.as(typeConfig)
	b.manifest = encode(m)
	return b, nil
}

func (b built) blobs() []blob { return append([]blob{b.manifest, b.config}, b.layers...) }

// encode cannot fail: only the types above are encoded.
func encode(value any) blob {
	content, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return newBlob(content)
}
