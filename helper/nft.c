/* SPDX-License-Identifier: ISC */
#include "nft.h"

#include <errno.h>
#include <nftables/libnftables.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"

#include "wire/rpc.h"

DEFINE_FREEP(struct nft_ctx *, nft_ctx_free);

int
nft_run(const char *batch, json_t **ret_out, struct error *err)
{
	_cleanup_(nft_ctx_freep) struct nft_ctx *ctx = NULL;
	char line[200];

	ctx = nft_ctx_new(NFT_CTX_DEFAULT);
	if (ctx == NULL)
		return error_set(err, -ENOMEM, "nftables: no context");
	if (nft_ctx_buffer_output(ctx) != 0 || nft_ctx_buffer_error(ctx) != 0)
		return error_set(err, -ENOMEM, "nftables: no buffers");
	if (ret_out != NULL)
		nft_ctx_output_set_flags(ctx, NFT_CTX_OUTPUT_JSON);
	if (nft_run_cmd_from_buffer(ctx, batch) != 0) {
		/* The first line says what; the others draw a marker. */
		snprintf(line, sizeof(line), "%s",
		    nft_ctx_get_error_buffer(ctx));
		line[strcspn(line, "\n")] = '\0';
		return error_set(err, -EIO, "nftables: %s", line);
	}
	if (ret_out == NULL)
		return 0;
	*ret_out = json_loads(nft_ctx_get_output_buffer(ctx), 0, NULL);
	if (*ret_out == NULL)
		return error_set(err, -EPROTO, "nftables: listing is not JSON");
	return 0;
}

int
nft_table_exists(const struct config *cfg, const char *family,
    struct error *err)
{
	_cleanup_json_ json_t *out = NULL;
	_cleanup_buf_ struct buf b = BUF_INIT;
	const char *name;
	json_t *row;
	size_t i;
	int r;

	buf_printf(&b, "list tables %s", family);
	r = nft_run(buf_str(&b), &out, err);
	if (r < 0)
		return r;
	json_array_foreach(json_object_get(out, "nftables"), i, row)
	{
		if (json_unpack(row, "{s:{s:s}}", "table", "name", &name) ==
			0 &&
		    strcmp(name, cfg->nft_table) == 0)
			return 1;
	}
	return 0;
}
